namespace NodeMesh.Resources.Schema;

/// <summary>What a scalar may be in the file.</summary>
internal enum ScalarForm
{
    Text,
    Number,
    Boolean,
    TextOrNumber,
}
