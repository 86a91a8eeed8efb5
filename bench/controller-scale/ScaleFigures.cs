namespace NodeMesh.ControllerScale;

/// <summary>What a run of a fleet measured.</summary>
/// <param name="FirstSync">From the first stream to the last node that has everything, when none had anything.</param>
/// <param name="Median">From the apply of a change to its arrival, over all changes and nodes.</param>
/// <param name="Resync">From the start of a controller that was killed to the last node that agrees with it.</param>
/// <param name="PeakMemory">Of the controller, in MiB.</param>
internal sealed record ScaleFigures(TimeSpan FirstSync, TimeSpan Median, TimeSpan Percentile99, TimeSpan Longest, TimeSpan Resync, double PeakMemory);
