namespace Sevensa.Dashboard.Platform.Http;

/// <summary>On an endpoint that gives out much at once, an export: whoever watches over sessions counts it.</summary>
public sealed class HandsOutMuch
{
    public static HandsOutMuch Here { get; } = new();
}
