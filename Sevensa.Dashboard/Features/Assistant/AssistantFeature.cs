namespace Sevensa.Dashboard.Features.Assistant;

public static class AssistantFeature
{
    public static void AddAssistant(this WebApplicationBuilder builder) { }

    public static void MapAssistant(this WebApplication app) { }
}
