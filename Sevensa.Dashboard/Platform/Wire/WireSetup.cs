using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Wire;

internal static class WireSetup
{
    public static void AddWire(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<RedisOptions>("Redis");
        builder.Services.AddSingleton<DashboardWire>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<DashboardWire>());
    }
}
