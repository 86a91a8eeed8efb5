using System.ComponentModel;

namespace NodeMesh.Linux.Credentials;

/// <summary>
/// Looks users up through the name service switch (getpwnam_r(3)), so that LDAP and systemd-homed users are found as well. May block on the
/// network: called when configuration is compiled, never on an event loop.
/// </summary>
public static class UserDatabase
{
    private const int MaxBuffer = 1 << 20;

    /// <summary>Finds a user by name; null when there is none.</summary>
    /// <exception cref="Win32Exception">The database itself failed, so it is not known whether the user exists.</exception>
    public static unsafe UserAccount? Find(string name)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        for (var size = 1024; size <= MaxBuffer;)
        {
            var buffer = new byte[size];
            CredentialsInterop.PasswordEntry entry;
            CredentialsInterop.PasswordEntry* result = null;
            int error;
            fixed (byte* start = buffer)
            {
                error = CredentialsInterop.GetUserByName(name, &entry, start, (nuint)size, &result);
            }

            switch (error)
            {
                case 0 when result is not null:
                    return new UserAccount(name, entry.Uid, entry.Gid);

                // "The given name was not found" has several spellings; see ERRORS of getpwnam(3).
                case 0 or Errno.ENOENT or Errno.ESRCH or Errno.EBADF or Errno.EPERM:
                    return null;
                case Errno.EINTR:
                    break;
                case Errno.ERANGE:
                    size *= 4;
                    break;
                default:
                    throw new Win32Exception(error, $"cannot look up the user \"{name}\": {Errno.Describe(error)}");
            }
        }

        throw new Win32Exception(Errno.ERANGE, $"the entry of the user \"{name}\" is larger than {MaxBuffer} bytes");
    }
}
