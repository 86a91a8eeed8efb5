namespace NodeMesh.Cli.Output;

/// <summary>What <c>--output</c> asks for.</summary>
internal enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
}
