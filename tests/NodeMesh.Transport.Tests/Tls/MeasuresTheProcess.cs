namespace NodeMesh.Transport.Tests.Tls;

/// <summary>Tests that no other may run beside.</summary>
[CollectionDefinition(nameof(MeasuresTheProcess), DisableParallelization = true)]
public sealed class MeasuresTheProcess;
