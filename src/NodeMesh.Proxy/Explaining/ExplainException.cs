namespace NodeMesh.Proxy.Explaining;

/// <summary>A question that cannot be answered as it was put; the message says what would be right.</summary>
public sealed class ExplainException(string message) : Exception(message);
