namespace NodeMesh.Resources.Yaml;

/// <summary>What a scalar is by YAML's core schema (YAML 1.2.2 section 10.3.2).</summary>
internal enum ScalarType
{
    Text,
    Number,
    Boolean,
    Null,
}
