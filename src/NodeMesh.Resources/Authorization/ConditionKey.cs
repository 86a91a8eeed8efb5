namespace NodeMesh.Resources.Authorization;

/// <summary>The <c>key</c> of a condition: an attribute, and the names in its brackets.</summary>
/// <param name="Names">Empty but for headers (one name, in lower case) and claims (one or more).</param>
public sealed record ConditionKey(ConditionAttribute Attribute, ValueList<string> Names)
{
    /// <summary>True when only an HTTP request has the attribute.</summary>
    public bool NeedsHttp => Attribute <= ConditionAttribute.RemoteIp;

    /// <summary>As it is written in a policy.</summary>
    public override string ToString() => ConditionKeyText.Format(this);
}
