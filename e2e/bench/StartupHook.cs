using System.Runtime.Loader;

/// <summary>The runtime calls this in the dashboard's process before it starts, so that <c>BarePassThrough</c> is found there.</summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        var own = typeof(StartupHook).Assembly;
        var folder = Path.GetDirectoryName(own.Location)!;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            name.Name == own.GetName().Name ? own
            : Path.Combine(folder, $"{name.Name}.dll") is var path && File.Exists(path)
                ? context.LoadFromAssemblyPath(path)
            : null;
    }
}
