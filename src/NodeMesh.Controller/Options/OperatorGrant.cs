using NodeMesh.Spiffe;

namespace NodeMesh.Controller.Options;

/// <summary>What whoever shows a certificate of this identity may do.</summary>
internal sealed record OperatorGrant(SpiffeId Id, OperatorRole Role);
