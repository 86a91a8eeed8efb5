using Microsoft.Extensions.Logging;
using NodeMesh.Controller.Options;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Controller.Lifecycle;

/// <summary>
/// Reads the settings again and brings into force what may change while the controller runs: its operators. Wrong settings change nothing. One per
/// controller; thread-safe.
/// </summary>
/// <param name="inForce">What it was begun with.</param>
/// <param name="read">Reads them as a start would, and throws <see cref="SettingsException"/> where they are wrong.</param>
internal sealed partial class SettingsReload(ControllerOptions inForce, Func<ControllerOptions> read, OperatorGrants operators, ILogger log)
{
    private readonly Lock _gate = new();

    public void Run()
    {
        lock (_gate)
        {
            ControllerOptions settings;
            try
            {
                settings = read();
            }
            catch (SettingsException e)
            {
                LogWrong(e.Message);
                return;
            }

            var (given, taken) = operators.Replace(settings.Operators);
            foreach (var grant in given)
            {
                LogGiven(grant, grant.Role);
            }

            foreach (var grant in taken)
            {
                LogTaken(grant);
            }

            LogReloaded(settings.Operators.Count);
            if (settings with { Operators = inForce.Operators } != inForce)
            {
                LogOthers();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The settings are wrong and nothing of them is in force; the controller goes on with those it has, but would not start again: {Problems}")]
    private partial void LogWrong(string problems);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Operator} is {Role} from now on")]
    private partial void LogGiven(OperatorGrant @operator, OperatorRole role);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Operator} is no operator any more")]
    private partial void LogTaken(OperatorGrant @operator);

    [LoggerMessage(Level = LogLevel.Information, Message = "Read the settings again: operators in force are {Count}")]
    private partial void LogReloaded(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Other settings than the operators have changed: systemctl restart nodemesh-controller applies them")]
    private partial void LogOthers();
}
