using System.Net.Security;
using System.Security.Authentication;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Cli.Checks;

/// <summary>Can the controller be reached from here, does its clock agree with this machine's, and is the daemon connected?</summary>
/// <param name="status">What the daemon says.</param>
/// <param name="time">The clock of this machine.</param>
internal sealed class ControllerChecks(StatusReport status, TimeProvider time) : CheckGroup("controller")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The Date header has whole seconds, and the answer has its way.</summary>
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(5);

    /// <summary>Certificates are valid from a minute before they are issued.</summary>
    private static readonly TimeSpan Harmful = TimeSpan.FromMinutes(1);

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        if (status.Controller is not { } controller)
        {
            return;
        }

        if (controller.Address is { } address)
        {
            await AskAsync(address, cancellationToken);
        }

        if (controller.Connected)
        {
            Passed("the daemon is connected");
        }
        else
        {
            var age = controller.AgeSeconds is { } seconds ? $"; what is in force is as of {Humane.Duration(seconds)} ago, and stays so" : "";
            Failed(
                $"the daemon has no connection to a controller: {controller.Trouble ?? "none was asked yet"}{age}",
                "journalctl -u nodemeshd, and on the controller's machine journalctl -u nodemesh-controller");
        }
    }

    private async Task AskAsync(string address, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateChainPolicy = SentChain.Unjudged(),

                // Whether it is the right one is the daemon's to judge, and told below; nothing that is asked for here is secret.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        };
        using var http = new HttpClient(handler);
        try
        {
            using var response = await http.GetAsync(new Uri($"https://{address}/v1/bundle"), deadline.Token);
            Clock(address, response.Headers.Date);
        }
        catch (HttpRequestException e)
        {
            Failed($"{address} cannot be reached: {e.Message}", "does nodemesh-controller run there, and does every firewall between let its port through?");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Failed($"{address} does not answer within {Patience.TotalSeconds:0} seconds", "does a firewall drop what goes to its port?");
        }
    }

    private void Clock(string address, DateTimeOffset? date)
    {
        if (date is not { } theirs)
        {
            Warning($"{address} answers, but does not tell the time", "is it a nodemesh-controller?");
            return;
        }

        var ahead = time.GetUtcNow() - theirs;
        var skew = $"this machine's clock is {Humane.Duration(ahead.Duration().TotalSeconds)} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} that of {address}";
        const string Hint = "timedatectl set-ntp true, or run chrony, on both machines";
        if (ahead.Duration() > Harmful)
        {
            Failed($"{skew}: certificates are refused", Hint);
        }
        else if (ahead.Duration() > Tolerated)
        {
            Warning(skew, Hint);
        }
        else
        {
            Passed($"{address} answers, and its clock agrees with this machine's");
        }
    }
}
