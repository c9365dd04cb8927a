namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Where the story of a service is told.</summary>
internal static class StoryLink
{
    /// <param name="service">That which stands out when null.</param>
    public static string To(string tenant, string? service) =>
        $"/tenants/{Uri.EscapeDataString(tenant)}/story"
        + (service is null ? "" : $"?service={Uri.EscapeDataString(service)}");

    /// <summary>Names the page among what an answer rests on.</summary>
    /// <returns>The number it has there.</returns>
    public static int Cite(Turn turn, string tenant, string? service) =>
        turn.Cite($"the story of {tenant}{(service is null ? "" : " " + service)}", To(tenant, service), tenant);
}
