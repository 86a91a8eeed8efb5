namespace NodeMesh.Transport.Relaying;

/// <summary>Counts relayed bytes as they pass, so that a long connection shows before it ends. Called on the relay's loop.</summary>
public abstract class RelayMeter
{
    public abstract void OnForwarded(RelayDirection direction, int bytes);
}
