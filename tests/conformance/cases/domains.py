"""Domains of the data model."""

from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph.AddDomainRequest_pb2 import GraphDomainAddRequest
from esriPBuffer.graph.AddDomainResponse_pb2 import GraphDomainAddResponse
from esriPBuffer.graph.DataModelTypes_pb2 import GraphProperty
from esriPBuffer.graph.DeleteDomainResponse_pb2 import GraphDomainDeleteResponse
from esriPBuffer.graph.UpdateDomainRequest_pb2 import DomainMask, DomainUpdateRequest
from esriPBuffer.graph.UpdateDomainResponse_pb2 import GraphDomainUpdateResponse
from esriPBuffer.graph.UpdateFieldRequest_pb2 import GraphPropertyMask

from tests.conformance.cases.datamodel import property_of, update_field
from tests.conformance.context import Context
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, refused

DOMAINS = "dataModel/domains"


def colours(*names: str) -> EsriTypes.Domain:
    values = [EsriTypes.CodedValue(name=name.title(), code=EsriTypes.Value(string_value=name)) for name in names]
    return EsriTypes.Domain(
        type="codedValue",
        name="colours",
        fieldType="esriFieldTypeString",
        codedValueDomain=EsriTypes.CodedValueDomain(codesValues=values),
    )


def add(service: Service, domain: EsriTypes.Domain) -> GraphDomainAddResponse:
    return service.post(GraphDomainAddResponse, f"{DOMAINS}/add", GraphDomainAddRequest(domains=domain))


def domains_of(service: Service) -> dict[str, EsriTypes.Domain]:
    return {domain.name: domain for domain in service.model().domains}


@case("DOM-001", "P:AddDomainRequest; facts/clients.md B: coded strings as string_value")
def a_coded_domain_comes_back(ctx: Context) -> None:
    service = ctx.service()
    clean(add(service, colours("red", "green")))
    found = domains_of(service)["colours"].codedValueDomain.codesValues
    assert [(item.name, item.code.string_value) for item in found] == [("Red", "red"), ("Green", "green")], found


@case("DOM-002", "P:EsriTypes.RangeDomain; facts/clients.md B: range as two values [min, max]")
def a_range_domain_comes_back(ctx: Context) -> None:
    service = ctx.service()
    limits = [EsriTypes.Value(sint_value=-5), EsriTypes.Value(sint_value=120)]
    domain = EsriTypes.Domain(
        type="range",
        name="ages",
        fieldType="esriFieldTypeInteger",
        rangeDomain=EsriTypes.RangeDomain(range=limits),
    )
    clean(add(service, domain))
    found = domains_of(service)["ages"].rangeDomain.range
    assert len(found) == 2, found
    numbers = [item.sint_value or item.sint64_value or item.int64_value or item.uint_value for item in found]
    assert numbers == [-5, 120], found


@case("DOM-003", "P:AddDomainRequest; names are unique")
def a_domain_name_is_taken_once(ctx: Context) -> None:
    service = ctx.service()
    clean(add(service, colours("red")))
    refused(add(service, colours("blue")).error, "colours")
    assert len(domains_of(service)["colours"].codedValueDomain.codesValues) == 1, "the first one changed"


@case("DOM-004", "P:UpdateDomainRequest DomainMask; facts/clients.md B: mask update_domain")
def a_masked_domain_update_changes_its_values(ctx: Context) -> None:
    service = ctx.service()
    clean(add(service, colours("red")))
    request = DomainUpdateRequest(mask=DomainMask(update_domain=True), domain=colours("red", "blue"))
    clean(service.post(GraphDomainUpdateResponse, f"{DOMAINS}/colours/update", request))
    found = domains_of(service)["colours"].codedValueDomain.codesValues
    assert [item.code.string_value for item in found] == ["red", "blue"], found


@case("DOM-005", "facts/clients.md B: domains are deleted by URL with an empty body")
def a_domain_is_deleted(ctx: Context) -> None:
    service = ctx.service()
    clean(add(service, colours("red")))
    clean(service.post(GraphDomainDeleteResponse, f"{DOMAINS}/colours/delete"))
    assert "colours" not in domains_of(service), "the domain is still there"
    refused(service.post(GraphDomainDeleteResponse, f"{DOMAINS}/colours/delete").error, "colours")


@case("DOM-006", "facts §15.2 WE DO: refuse to delete a domain in use")
def a_domain_in_use_stays(ctx: Context) -> None:
    service = ctx.service()
    clean(add(service, colours("red")))
    wanted = GraphProperty(name="nick", domain="colours")
    clean(update_field(service, "Person", "nick", GraphPropertyMask(update_domain=True), wanted))
    assert property_of(service, "Person", "nick").domain == "colours"
    refused(service.post(GraphDomainDeleteResponse, f"{DOMAINS}/colours/delete").error, "colours")
    assert "colours" in domains_of(service), "the domain is gone"


@case("DOM-007", "facts/clients.md B: clearing a domain is domain '' with update_domain")
def an_empty_name_takes_the_domain_away(ctx: Context) -> None:
    service = ctx.service()
    clean(add(service, colours("red")))
    mask = GraphPropertyMask(update_domain=True)
    clean(update_field(service, "Person", "nick", mask, GraphProperty(name="nick", domain="colours")))
    clean(update_field(service, "Person", "nick", mask, GraphProperty(name="nick", domain="")))
    assert property_of(service, "Person", "nick").domain == "", "the domain is still set"
    clean(service.post(GraphDomainDeleteResponse, f"{DOMAINS}/colours/delete"))


@case("DOM-008", "facts §15.1 GraphProperty.domain names a domain of the model")
def an_unknown_domain_is_not_assigned(ctx: Context) -> None:
    wanted = GraphProperty(name="nick", domain="no_such_domain")
    answer = update_field(ctx.shared, "Person", "nick", GraphPropertyMask(update_domain=True), wanted)
    refused(answer.error, "no_such_domain")
    assert property_of(ctx.shared, "Person", "nick").domain == "", "it was assigned"


@case("DOM-009", "issue 1: names of domains are exact")
def domain_names_are_exact(ctx: Context) -> None:
    service = ctx.service()
    clean(add(service, colours("red")))
    refused(service.post(GraphDomainDeleteResponse, f"{DOMAINS}/COLOURS/delete").error)
    assert "colours" in domains_of(service), "another case deleted it"


@case("DOM-010", "P:AddDomainRequest: exactly one domain")
def a_request_without_a_domain_is_refused(ctx: Context) -> None:
    answer = ctx.shared.post(GraphDomainAddResponse, f"{DOMAINS}/add", GraphDomainAddRequest())
    refused(answer.error)
