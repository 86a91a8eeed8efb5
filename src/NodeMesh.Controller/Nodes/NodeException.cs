namespace NodeMesh.Controller.Nodes;

/// <summary>A node is refused what it asks for. The message is for it and for the operator: what, and what would be right.</summary>
internal sealed class NodeException(NodeRefusal refusal, string message) : Exception(message)
{
    public NodeRefusal Refusal => refusal;
}
