using NodeMesh.Spiffe;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>An identity to be issued.</summary>
/// <param name="Id">What it says.</param>
/// <param name="FileName">The name of its two files, without <c>.crt</c> and <c>.key</c>.</param>
internal sealed record IdentityRequest(SpiffeId Id, string FileName)
{
    /// <summary>A request whose file is named after the identity: <c>shop.cart</c>, or for paths of another form the path with dots.</summary>
    public static IdentityRequest Named(SpiffeId id) => new(
        id,
        id is { Namespace: { } space, ServiceAccount: { } account } ? $"{space}.{account}" : id.Path.Trim('/').Replace('/', '.'));
}
