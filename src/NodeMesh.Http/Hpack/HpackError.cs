namespace NodeMesh.Http.Hpack;

/// <summary>Why a header block could not be decoded: each is a connection error COMPRESSION_ERROR (RFC 9113, 4.3).</summary>
internal enum HpackError
{
    None,
    Truncated,
    IntegerTooLarge,
    IndexOutOfRange,
    HuffmanInvalid,
    TableSizeTooLarge,
    TableSizeMisplaced,
    TableSizeMissing,
}
