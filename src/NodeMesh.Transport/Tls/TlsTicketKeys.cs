using System.Security.Cryptography;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// The keys that seal a server's stateless tickets: one that seals and the one before it, which still opens. Replaced once per
/// <see cref="Lifetime"/>, never written to disk, gone with the process. Shared by the loops of one context; the lock is held for a look-up.
/// </summary>
internal sealed class TlsTicketKeys(TimeProvider time, TimeSpan lifetime)
{
    public const int NameLength = 16;

    public const int KeyLength = 32;

    private readonly Lock _lock = new();
    private Key _current = Key.Create(time.GetUtcNow());
    private Key? _previous;

    /// <summary>How long a key seals; for as long again it still opens. A ticket lives no longer than this.</summary>
    public TimeSpan Lifetime => lifetime;

    /// <summary>The key that seals now.</summary>
    public Key Current
    {
        get
        {
            lock (_lock)
            {
                Rotate();
                return _current;
            }
        }
    }

    /// <summary>The key of that name, if it may still open a ticket.</summary>
    public Key? Find(ReadOnlySpan<byte> name)
    {
        lock (_lock)
        {
            Rotate();
            return name.SequenceEqual(_current.Name) ? _current
                : _previous is { } previous && name.SequenceEqual(previous.Name) ? previous
                : null;
        }
    }

    private void Rotate()
    {
        var now = time.GetUtcNow();
        if (now - _current.Made < lifetime)
        {
            return;
        }

        // After a long silence the key before is as stale as tickets can get.
        _previous = now - _current.Made < lifetime + lifetime ? _current : null;
        _current = Key.Create(now);
    }

    /// <summary>Name, cipher key and MAC key, all random.</summary>
    internal sealed record Key(byte[] Name, byte[] Cipher, byte[] Mac, DateTimeOffset Made)
    {
        public static Key Create(DateTimeOffset now) => new(
            RandomNumberGenerator.GetBytes(NameLength),
            RandomNumberGenerator.GetBytes(KeyLength),
            RandomNumberGenerator.GetBytes(KeyLength),
            now);
    }
}
