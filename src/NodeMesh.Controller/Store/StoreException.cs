namespace NodeMesh.Controller.Store;

/// <summary>The store cannot keep or give what was asked. Nothing of it was kept. The message says what, where, and what would be right.</summary>
internal sealed class StoreException(string message, Exception? cause = null) : Exception(message, cause);
