using System.Security.Cryptography;
using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Wiring;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The identities and bundles of this node; never a key.</summary>
internal static class CertificateReport
{
    public static CertificatesMessage Of(DaemonParts parts)
    {
        var state = parts.Identities.State;
        var now = parts.Time.GetUtcNow();
        var workloads = parts.Configuration.State.Snapshot?.Workloads ?? [];
        var present = state.Svids.Svids.Select(svid => Certificate(svid, workloads, now));
        var missing = workloads
            .Where(workload => !state.Svids.TryGet(workload.Identity, out _))
            .GroupBy(workload => workload.Identity)
            .Select(group => new CertificateMessage
            {
                SpiffeId = group.Key.ToString(),
                State = CertificateStates.Name(CertificateState.Missing),
                Workloads = [.. group.Select(workload => workload.FullName)],
            });
        return new CertificatesMessage
        {
            Items = [.. present.Concat(missing).OrderBy(item => item.SpiffeId, StringComparer.Ordinal)],
            Bundles = [.. state.Bundles.Bundles.OrderBy(bundle => bundle.TrustDomain.Name, StringComparer.Ordinal).Select(bundle => Bundle(bundle, state))],
            Problems = StatusReport.Problems([.. state.IdentityProblems, .. state.BundleProblems]),
        };
    }

    private static CertificateMessage Certificate(X509Svid svid, IReadOnlyList<LocalWorkload> workloads, DateTimeOffset now) => new()
    {
        SpiffeId = svid.Id.ToString(),
        SerialNumber = svid.SerialNumber,
        NotBefore = svid.NotBefore,
        NotAfter = svid.NotAfter,
        RemainingSeconds = Math.Max(0, (svid.NotAfter - now).TotalSeconds),
        State = CertificateStates.Name(CertificateStates.At(svid, now)),
        Workloads = [.. workloads.Where(workload => workload.Identity == svid.Id).Select(workload => workload.FullName)],
        Chain = [.. svid.Chain.Select(certificate => PemEncoding.WriteString("CERTIFICATE", certificate.Span))],
    };

    private static BundleMessage Bundle(TrustBundle bundle, IdentityState state) => new()
    {
        TrustDomain = bundle.TrustDomain.Name,
        Sequence = bundle.Sequence,
        RefreshHintSeconds = bundle.RefreshHint?.TotalSeconds,
        Authorities = [.. (state.Authorities.TryGetValue(bundle.TrustDomain, out var authorities) ? authorities : []).Select(authority => new AuthorityMessage
        {
            Subject = authority.Subject,
            SerialNumber = authority.SerialNumber,
            NotBefore = authority.NotBefore,
            NotAfter = authority.NotAfter,
            Sha256 = authority.Sha256,
        })],
    };
}
