using Sevensa.Dashboard.Features.Automation.Backtests;
using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Automation.Forecasts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>What policies that scale by a forecast are made of.</summary>
internal static class ForecastFeature
{
    public static void AddForecasts(this IServiceCollection services)
    {
        services.AddSingleton<LoadHistory>();
        services.AddSingleton<ForecastBook>();
        services.AddSingleton<ForecastReader>();
        services.AddSingleton<ForecastKeeping>();
        services.AddSingleton<ForecastGlance>();
        services.AddTransient<ForecastDesk>();
        services.AddTransient<ForecastHistory>();
    }
}
