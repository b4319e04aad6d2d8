from esriPBuffer.EsriExtendedTypes import EsriExtendedTypes_pb2 as _EsriExtendedTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EsriTypes(_message.Message):
    __slots__ = ()
    class GeometryType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        esriGeometryTypePoint: _ClassVar[EsriTypes.GeometryType]
        esriGeometryTypeMultipoint: _ClassVar[EsriTypes.GeometryType]
        esriGeometryTypePolyline: _ClassVar[EsriTypes.GeometryType]
        esriGeometryTypePolygon: _ClassVar[EsriTypes.GeometryType]
        esriGeometryTypeMultipatch: _ClassVar[EsriTypes.GeometryType]
        esriGeometryTypeEnvelope: _ClassVar[EsriTypes.GeometryType]
    esriGeometryTypePoint: EsriTypes.GeometryType
    esriGeometryTypeMultipoint: EsriTypes.GeometryType
    esriGeometryTypePolyline: EsriTypes.GeometryType
    esriGeometryTypePolygon: EsriTypes.GeometryType
    esriGeometryTypeMultipatch: EsriTypes.GeometryType
    esriGeometryTypeEnvelope: EsriTypes.GeometryType
    class esriSpatialRel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        esriSpatialRelIntersects: _ClassVar[EsriTypes.esriSpatialRel]
        esriSpatialRelContains: _ClassVar[EsriTypes.esriSpatialRel]
        esriSpatialRelCrosses: _ClassVar[EsriTypes.esriSpatialRel]
        esriSpatialRelEnvelopeIntersects: _ClassVar[EsriTypes.esriSpatialRel]
        esriSpatialRelIndexIntersects: _ClassVar[EsriTypes.esriSpatialRel]
        esriSpatialRelOverlaps: _ClassVar[EsriTypes.esriSpatialRel]
        esriSpatialRelTouches: _ClassVar[EsriTypes.esriSpatialRel]
        esriSpatialRelWithin: _ClassVar[EsriTypes.esriSpatialRel]
    esriSpatialRelIntersects: EsriTypes.esriSpatialRel
    esriSpatialRelContains: EsriTypes.esriSpatialRel
    esriSpatialRelCrosses: EsriTypes.esriSpatialRel
    esriSpatialRelEnvelopeIntersects: EsriTypes.esriSpatialRel
    esriSpatialRelIndexIntersects: EsriTypes.esriSpatialRel
    esriSpatialRelOverlaps: EsriTypes.esriSpatialRel
    esriSpatialRelTouches: EsriTypes.esriSpatialRel
    esriSpatialRelWithin: EsriTypes.esriSpatialRel
    class esriFeatureEncoding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        esriFeatureEncoding_UNSPECIFIED: _ClassVar[EsriTypes.esriFeatureEncoding]
        esriDefault: _ClassVar[EsriTypes.esriFeatureEncoding]
        esriCompressedShapeBuffer: _ClassVar[EsriTypes.esriFeatureEncoding]
    esriFeatureEncoding_UNSPECIFIED: EsriTypes.esriFeatureEncoding
    esriDefault: EsriTypes.esriFeatureEncoding
    esriCompressedShapeBuffer: EsriTypes.esriFeatureEncoding
    class MergePolicyType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        esriMergePolicyType_UNSPECIFIED: _ClassVar[EsriTypes.MergePolicyType]
        esriMergePolicyTypeSumValues: _ClassVar[EsriTypes.MergePolicyType]
        esriMergePolicyTypeAreaWeighted: _ClassVar[EsriTypes.MergePolicyType]
        esriMergePolicyTypeDefaultValue: _ClassVar[EsriTypes.MergePolicyType]
    esriMergePolicyType_UNSPECIFIED: EsriTypes.MergePolicyType
    esriMergePolicyTypeSumValues: EsriTypes.MergePolicyType
    esriMergePolicyTypeAreaWeighted: EsriTypes.MergePolicyType
    esriMergePolicyTypeDefaultValue: EsriTypes.MergePolicyType
    class SplitPolicyType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        esriSplitPolicyType_UNSPECIFIED: _ClassVar[EsriTypes.SplitPolicyType]
        esriSplitPolicyTypeGeometryRatio: _ClassVar[EsriTypes.SplitPolicyType]
        esriSplitPolicyTypeDuplicate: _ClassVar[EsriTypes.SplitPolicyType]
        esriSplitPolicyTypeDefaultValue: _ClassVar[EsriTypes.SplitPolicyType]
    esriSplitPolicyType_UNSPECIFIED: EsriTypes.SplitPolicyType
    esriSplitPolicyTypeGeometryRatio: EsriTypes.SplitPolicyType
    esriSplitPolicyTypeDuplicate: EsriTypes.SplitPolicyType
    esriSplitPolicyTypeDefaultValue: EsriTypes.SplitPolicyType
    class QuantizeOriginPostion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        upperLeft: _ClassVar[EsriTypes.QuantizeOriginPostion]
        lowerLeft: _ClassVar[EsriTypes.QuantizeOriginPostion]
    upperLeft: EsriTypes.QuantizeOriginPostion
    lowerLeft: EsriTypes.QuantizeOriginPostion
    class QuantizeMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        view: _ClassVar[EsriTypes.QuantizeMode]
        edit: _ClassVar[EsriTypes.QuantizeMode]
    view: EsriTypes.QuantizeMode
    edit: EsriTypes.QuantizeMode
    class Scale(_message.Message):
        __slots__ = ("xScale", "yScale", "mScale", "zScale")
        XSCALE_FIELD_NUMBER: _ClassVar[int]
        YSCALE_FIELD_NUMBER: _ClassVar[int]
        MSCALE_FIELD_NUMBER: _ClassVar[int]
        ZSCALE_FIELD_NUMBER: _ClassVar[int]
        xScale: float
        yScale: float
        mScale: float
        zScale: float
        def __init__(self, xScale: _Optional[float] = ..., yScale: _Optional[float] = ..., mScale: _Optional[float] = ..., zScale: _Optional[float] = ...) -> None: ...
    class Translate(_message.Message):
        __slots__ = ("xTranslate", "yTranslate", "mTranslate", "zTranslate")
        XTRANSLATE_FIELD_NUMBER: _ClassVar[int]
        YTRANSLATE_FIELD_NUMBER: _ClassVar[int]
        MTRANSLATE_FIELD_NUMBER: _ClassVar[int]
        ZTRANSLATE_FIELD_NUMBER: _ClassVar[int]
        xTranslate: float
        yTranslate: float
        mTranslate: float
        zTranslate: float
        def __init__(self, xTranslate: _Optional[float] = ..., yTranslate: _Optional[float] = ..., mTranslate: _Optional[float] = ..., zTranslate: _Optional[float] = ...) -> None: ...
    class Transform(_message.Message):
        __slots__ = ("quantizeOriginPostion", "scale", "translate")
        QUANTIZEORIGINPOSTION_FIELD_NUMBER: _ClassVar[int]
        SCALE_FIELD_NUMBER: _ClassVar[int]
        TRANSLATE_FIELD_NUMBER: _ClassVar[int]
        quantizeOriginPostion: EsriTypes.QuantizeOriginPostion
        scale: EsriTypes.Scale
        translate: EsriTypes.Translate
        def __init__(self, quantizeOriginPostion: _Optional[_Union[EsriTypes.QuantizeOriginPostion, str]] = ..., scale: _Optional[_Union[EsriTypes.Scale, _Mapping]] = ..., translate: _Optional[_Union[EsriTypes.Translate, _Mapping]] = ...) -> None: ...
    class QuantizationParameters(_message.Message):
        __slots__ = ("extent", "mode", "quantizeOriginPostion", "tolerance")
        EXTENT_FIELD_NUMBER: _ClassVar[int]
        MODE_FIELD_NUMBER: _ClassVar[int]
        QUANTIZEORIGINPOSTION_FIELD_NUMBER: _ClassVar[int]
        TOLERANCE_FIELD_NUMBER: _ClassVar[int]
        extent: EsriTypes.Envelope
        mode: EsriTypes.QuantizeMode
        quantizeOriginPostion: EsriTypes.QuantizeOriginPostion
        tolerance: float
        def __init__(self, extent: _Optional[_Union[EsriTypes.Envelope, _Mapping]] = ..., mode: _Optional[_Union[EsriTypes.QuantizeMode, str]] = ..., quantizeOriginPostion: _Optional[_Union[EsriTypes.QuantizeOriginPostion, str]] = ..., tolerance: _Optional[float] = ...) -> None: ...
    class SpatialReference(_message.Message):
        __slots__ = ("wkid", "lastestWkid", "vcsWkid", "latestVcsWkid", "wkt", "sdesrid", "wkt2")
        WKID_FIELD_NUMBER: _ClassVar[int]
        LASTESTWKID_FIELD_NUMBER: _ClassVar[int]
        VCSWKID_FIELD_NUMBER: _ClassVar[int]
        LATESTVCSWKID_FIELD_NUMBER: _ClassVar[int]
        WKT_FIELD_NUMBER: _ClassVar[int]
        SDESRID_FIELD_NUMBER: _ClassVar[int]
        WKT2_FIELD_NUMBER: _ClassVar[int]
        wkid: int
        lastestWkid: int
        vcsWkid: int
        latestVcsWkid: int
        wkt: str
        sdesrid: int
        wkt2: str
        def __init__(self, wkid: _Optional[int] = ..., lastestWkid: _Optional[int] = ..., vcsWkid: _Optional[int] = ..., latestVcsWkid: _Optional[int] = ..., wkt: _Optional[str] = ..., sdesrid: _Optional[int] = ..., wkt2: _Optional[str] = ...) -> None: ...
    class FieldIndex(_message.Message):
        __slots__ = ("name", "fields", "isAscending", "isUnique", "description")
        NAME_FIELD_NUMBER: _ClassVar[int]
        FIELDS_FIELD_NUMBER: _ClassVar[int]
        ISASCENDING_FIELD_NUMBER: _ClassVar[int]
        ISUNIQUE_FIELD_NUMBER: _ClassVar[int]
        DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
        name: str
        fields: str
        isAscending: bool
        isUnique: bool
        description: str
        def __init__(self, name: _Optional[str] = ..., fields: _Optional[str] = ..., isAscending: _Optional[bool] = ..., isUnique: _Optional[bool] = ..., description: _Optional[str] = ...) -> None: ...
    class Value(_message.Message):
        __slots__ = ("string_value", "float_value", "double_value", "sint_value", "uint_value", "int64_value", "uint64_value", "sint64_value", "bool_value", "null_value", "index")
        STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
        FLOAT_VALUE_FIELD_NUMBER: _ClassVar[int]
        DOUBLE_VALUE_FIELD_NUMBER: _ClassVar[int]
        SINT_VALUE_FIELD_NUMBER: _ClassVar[int]
        UINT_VALUE_FIELD_NUMBER: _ClassVar[int]
        INT64_VALUE_FIELD_NUMBER: _ClassVar[int]
        UINT64_VALUE_FIELD_NUMBER: _ClassVar[int]
        SINT64_VALUE_FIELD_NUMBER: _ClassVar[int]
        BOOL_VALUE_FIELD_NUMBER: _ClassVar[int]
        NULL_VALUE_FIELD_NUMBER: _ClassVar[int]
        INDEX_FIELD_NUMBER: _ClassVar[int]
        string_value: str
        float_value: float
        double_value: float
        sint_value: int
        uint_value: int
        int64_value: int
        uint64_value: int
        sint64_value: int
        bool_value: bool
        null_value: bool
        index: int
        def __init__(self, string_value: _Optional[str] = ..., float_value: _Optional[float] = ..., double_value: _Optional[float] = ..., sint_value: _Optional[int] = ..., uint_value: _Optional[int] = ..., int64_value: _Optional[int] = ..., uint64_value: _Optional[int] = ..., sint64_value: _Optional[int] = ..., bool_value: _Optional[bool] = ..., null_value: _Optional[bool] = ..., index: _Optional[int] = ...) -> None: ...
    class Envelope(_message.Message):
        __slots__ = ("XMin", "YMin", "XMax", "YMax", "SpatialReference", "ZMin", "MMin", "ZMax", "MMax")
        XMIN_FIELD_NUMBER: _ClassVar[int]
        YMIN_FIELD_NUMBER: _ClassVar[int]
        XMAX_FIELD_NUMBER: _ClassVar[int]
        YMAX_FIELD_NUMBER: _ClassVar[int]
        SPATIALREFERENCE_FIELD_NUMBER: _ClassVar[int]
        ZMIN_FIELD_NUMBER: _ClassVar[int]
        MMIN_FIELD_NUMBER: _ClassVar[int]
        ZMAX_FIELD_NUMBER: _ClassVar[int]
        MMAX_FIELD_NUMBER: _ClassVar[int]
        XMin: float
        YMin: float
        XMax: float
        YMax: float
        SpatialReference: EsriTypes.SpatialReference
        ZMin: float
        MMin: float
        ZMax: float
        MMax: float
        def __init__(self, XMin: _Optional[float] = ..., YMin: _Optional[float] = ..., XMax: _Optional[float] = ..., YMax: _Optional[float] = ..., SpatialReference: _Optional[_Union[EsriTypes.SpatialReference, _Mapping]] = ..., ZMin: _Optional[float] = ..., MMin: _Optional[float] = ..., ZMax: _Optional[float] = ..., MMax: _Optional[float] = ...) -> None: ...
    class CodedValue(_message.Message):
        __slots__ = ("name", "code")
        NAME_FIELD_NUMBER: _ClassVar[int]
        CODE_FIELD_NUMBER: _ClassVar[int]
        name: str
        code: EsriTypes.Value
        def __init__(self, name: _Optional[str] = ..., code: _Optional[_Union[EsriTypes.Value, _Mapping]] = ...) -> None: ...
    class CodedValueDomain(_message.Message):
        __slots__ = ("codesValues",)
        CODESVALUES_FIELD_NUMBER: _ClassVar[int]
        codesValues: _containers.RepeatedCompositeFieldContainer[EsriTypes.CodedValue]
        def __init__(self, codesValues: _Optional[_Iterable[_Union[EsriTypes.CodedValue, _Mapping]]] = ...) -> None: ...
    class RangeDomain(_message.Message):
        __slots__ = ("range",)
        RANGE_FIELD_NUMBER: _ClassVar[int]
        range: _containers.RepeatedCompositeFieldContainer[EsriTypes.Value]
        def __init__(self, range: _Optional[_Iterable[_Union[EsriTypes.Value, _Mapping]]] = ...) -> None: ...
    class Domain(_message.Message):
        __slots__ = ("type", "name", "codedValueDomain", "rangeDomain", "fieldType", "mergePolicyType", "splitPolicyType")
        TYPE_FIELD_NUMBER: _ClassVar[int]
        NAME_FIELD_NUMBER: _ClassVar[int]
        CODEDVALUEDOMAIN_FIELD_NUMBER: _ClassVar[int]
        RANGEDOMAIN_FIELD_NUMBER: _ClassVar[int]
        FIELDTYPE_FIELD_NUMBER: _ClassVar[int]
        MERGEPOLICYTYPE_FIELD_NUMBER: _ClassVar[int]
        SPLITPOLICYTYPE_FIELD_NUMBER: _ClassVar[int]
        type: str
        name: str
        codedValueDomain: EsriTypes.CodedValueDomain
        rangeDomain: EsriTypes.RangeDomain
        fieldType: _EsriExtendedTypes_pb2.FieldType
        mergePolicyType: EsriTypes.MergePolicyType
        splitPolicyType: EsriTypes.SplitPolicyType
        def __init__(self, type: _Optional[str] = ..., name: _Optional[str] = ..., codedValueDomain: _Optional[_Union[EsriTypes.CodedValueDomain, _Mapping]] = ..., rangeDomain: _Optional[_Union[EsriTypes.RangeDomain, _Mapping]] = ..., fieldType: _Optional[_Union[_EsriExtendedTypes_pb2.FieldType, str]] = ..., mergePolicyType: _Optional[_Union[EsriTypes.MergePolicyType, str]] = ..., splitPolicyType: _Optional[_Union[EsriTypes.SplitPolicyType, str]] = ...) -> None: ...
    class DatumTransformation(_message.Message):
        __slots__ = ("wkid", "wkt", "transformDirection", "transformJson", "fromSR", "toSR", "wkt2")
        WKID_FIELD_NUMBER: _ClassVar[int]
        WKT_FIELD_NUMBER: _ClassVar[int]
        TRANSFORMDIRECTION_FIELD_NUMBER: _ClassVar[int]
        TRANSFORMJSON_FIELD_NUMBER: _ClassVar[int]
        FROMSR_FIELD_NUMBER: _ClassVar[int]
        TOSR_FIELD_NUMBER: _ClassVar[int]
        WKT2_FIELD_NUMBER: _ClassVar[int]
        wkid: int
        wkt: str
        transformDirection: str
        transformJson: str
        fromSR: EsriTypes.SpatialReference
        toSR: EsriTypes.SpatialReference
        wkt2: str
        def __init__(self, wkid: _Optional[int] = ..., wkt: _Optional[str] = ..., transformDirection: _Optional[str] = ..., transformJson: _Optional[str] = ..., fromSR: _Optional[_Union[EsriTypes.SpatialReference, _Mapping]] = ..., toSR: _Optional[_Union[EsriTypes.SpatialReference, _Mapping]] = ..., wkt2: _Optional[str] = ...) -> None: ...
    def __init__(self) -> None: ...
