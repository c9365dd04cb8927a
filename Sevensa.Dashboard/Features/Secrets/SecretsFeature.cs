namespace Sevensa.Dashboard.Features.Secrets;

public static class SecretsFeature
{
    public static void AddSecrets(this WebApplicationBuilder builder) { }

    public static void MapSecrets(this WebApplication app) { }
}
