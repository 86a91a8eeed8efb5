namespace NodeMesh.Resources.Schema;

/// <summary>Turns what one schema reads into another type; returns false after reporting what is wrong.</summary>
internal delegate bool TryMap<TFrom, TTo>(TFrom from, FieldScope at, out TTo to);
