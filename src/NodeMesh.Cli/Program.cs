using NodeMesh.Cli;
using NodeMesh.Cli.Commands;

return await CommandTree.InvokeAsync(args, CliHost.ForProcess());
