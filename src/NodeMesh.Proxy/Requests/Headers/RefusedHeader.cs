using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>The response header <c>nodemesh-refused</c>: the daemon answered, not the application, and this is why.</summary>
internal static class RefusedHeader
{
    public static void Set(HeaderList headers, RefusalCode code)
    {
        headers.Remove(KnownHeader.NodemeshRefused);
        headers.Add(KnownHeader.NodemeshRefused, RefusalCodes.Name(code));
    }

    /// <summary>Why a peer's daemon answered in the application's place; false when it did not, or for a reason this version does not know.</summary>
    public static bool TryRead(HeaderList headers, out RefusalCode code)
    {
        code = RefusalCode.None;
        if (!headers.TryGet(KnownHeader.NodemeshRefused, out var name))
        {
            return false;
        }

        for (var i = 1; i < RefusalCodes.All.Count; i++)
        {
            if (Ascii.Equals(name, RefusalCodes.All[i].Name))
            {
                code = RefusalCodes.All[i].Code;
                return true;
            }
        }

        return false;
    }
}
