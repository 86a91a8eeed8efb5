namespace NodeMesh.Resources.Schema;

/// <summary>Declares fields; the schema gives the type, the lambdas the property.</summary>
internal static class Fields
{
    public static Field<T> Required<T, TValue>(string name, ValueSchema<TValue> schema, Func<T, TValue?> get, Func<T, TValue, T> set) =>
        new ValueField<T, TValue>(name, true, schema, get, set);

    /// <summary>A field whose default is what the blank record holds.</summary>
    public static Field<T> Optional<T, TValue>(string name, ValueSchema<TValue> schema, Func<T, TValue?> get, Func<T, TValue, T> set) =>
        new ValueField<T, TValue>(name, false, schema, get, set);

    public static Field<T> RequiredGroup<T>(string name, ObjectSchema<T> schema) => new GroupField<T>(name, true, schema);

    public static Field<T> OptionalGroup<T>(string name, ObjectSchema<T> schema) => new GroupField<T>(name, false, schema);
}
