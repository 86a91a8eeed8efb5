using Microsoft.Extensions.Logging;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>
/// Sees to it that every workload of this node has a certificate, with a new key at half the life of the last; one that cannot be renewed stays in use to its
/// end. Those of workloads that left are deleted. Used by one loop of the daemon at a time.
/// </summary>
internal sealed partial class WorkloadCertificates(string directory, Func<SvidSet> current, TimeProvider time, ILogger<WorkloadCertificates> log)
{
    /// <summary>In every name of a file that is made here, and in no other: a namespace cannot hold it.</summary>
    private const char Separator = '@';

    /// <summary>Gets what is due. True when a file has changed.</summary>
    /// <exception cref="ControlPlaneException">The controller cannot be reached or refuses one; those before it are there.</exception>
    public async Task<bool> UpdateAsync(MeshSnapshot snapshot, ControllerLink controller, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        var wanted = snapshot.Workloads.Select(workload => workload.Identity).Distinct().ToDictionary(NameOf, StringComparer.Ordinal);
        var changed = RemoveOthers(wanted);
        ControlPlaneException? first = null;
        foreach (var (name, id) in wanted)
        {
            if (!IsDue(id))
            {
                continue;
            }

            try
            {
                var request = CertificateSigningRequest.Create(id);
                var answer = await controller.PostAsync(
                    "/v1/certificates", new SigningMessage(request.Der.ToArray(), id.ToString()), EnrollmentJson.Form.SigningMessage, cancellation);
                NodeIdentity.Complete(request, answer).Save(Path.Combine(directory, name + ".crt"), Path.Combine(directory, name + ".key"));
                changed = true;
            }
            catch (ControlPlaneException exception)
            {
                // One that is refused must not keep the others from theirs.
                first ??= exception;
                LogFailed(id, exception.Message);
            }
        }

        return changed || first is null ? changed : throw first;
    }

    private static string NameOf(SpiffeId id) => $"{id.Namespace}{Separator}{id.ServiceAccount}";

    private bool IsDue(SpiffeId id) => !current().TryGet(id, out var svid) || time.GetUtcNow() >= RenewalTime.Of(svid);

    private bool RemoveOthers(Dictionary<string, SpiffeId> wanted)
    {
        var gone = Directory.EnumerateFiles(directory)
            .Where(file => Path.GetFileName(file).Contains(Separator, StringComparison.Ordinal) && !wanted.ContainsKey(Path.GetFileNameWithoutExtension(file)))
            .ToArray();
        foreach (var file in gone)
        {
            File.Delete(file);
        }

        return gone.Length > 0;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No new certificate for {Id}: {Reason}")]
    private partial void LogFailed(SpiffeId id, string reason);
}
