using NodeMesh.ControllerScale;

if (ScaleOptions.TryParse(args, out var problem) is not { } options)
{
    await Console.Error.WriteLineAsync($"{problem}\n\n{ScaleOptions.Help}");
    return 2;
}

await using var run = new ScaleRun(options, Console.WriteLine);
await run.MeasureFleetAsync();
await run.MeasureGrowthAsync();
return 0;
