from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class FieldType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    esriFieldType_UNSPECIFIED: _ClassVar[FieldType]
    esriFieldTypeSmallInteger: _ClassVar[FieldType]
    esriFieldTypeInteger: _ClassVar[FieldType]
    esriFieldTypeSingle: _ClassVar[FieldType]
    esriFieldTypeDouble: _ClassVar[FieldType]
    esriFieldTypeString: _ClassVar[FieldType]
    esriFieldTypeDate: _ClassVar[FieldType]
    esriFieldTypeOID: _ClassVar[FieldType]
    esriFieldTypeGeometry: _ClassVar[FieldType]
    esriFieldTypeBlob: _ClassVar[FieldType]
    esriFieldTypeRaster: _ClassVar[FieldType]
    esriFieldTypeGUID: _ClassVar[FieldType]
    esriFieldTypeGlobalID: _ClassVar[FieldType]
    esriFieldTypeXML: _ClassVar[FieldType]
    esriFieldTypeBigInteger: _ClassVar[FieldType]
    esriFieldTypeDateOnly: _ClassVar[FieldType]
    esriFieldTypeTimeOnly: _ClassVar[FieldType]
    esriFieldTypeTimestampOffset: _ClassVar[FieldType]
esriFieldType_UNSPECIFIED: FieldType
esriFieldTypeSmallInteger: FieldType
esriFieldTypeInteger: FieldType
esriFieldTypeSingle: FieldType
esriFieldTypeDouble: FieldType
esriFieldTypeString: FieldType
esriFieldTypeDate: FieldType
esriFieldTypeOID: FieldType
esriFieldTypeGeometry: FieldType
esriFieldTypeBlob: FieldType
esriFieldTypeRaster: FieldType
esriFieldTypeGUID: FieldType
esriFieldTypeGlobalID: FieldType
esriFieldTypeXML: FieldType
esriFieldTypeBigInteger: FieldType
esriFieldTypeDateOnly: FieldType
esriFieldTypeTimeOnly: FieldType
esriFieldTypeTimestampOffset: FieldType
