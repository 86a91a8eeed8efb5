namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>
/// For tests that need the machine to themselves (thousands of connections, timing, much memory): mark the class with
/// <c>[Collection(HeavyCollection.Name)]</c> and it runs alone, after all the others.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class HeavyCollection
{
    public const string Name = "heavy";
}
