namespace NodeMesh.Proxy.Authorization;

/// <summary>A compiled list that is compared with bytes of a request.</summary>
internal interface IBytesMatcher
{
    /// <summary>True when the list says nothing.</summary>
    bool IsEmpty { get; }

    /// <param name="value">Of an attribute that is there; it may be empty all the same.</param>
    bool Matches(ReadOnlySpan<byte> value);
}
