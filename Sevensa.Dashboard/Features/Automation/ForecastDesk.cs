using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Shows people and programs what a policy that scales by a forecast goes by.</summary>
internal sealed class ForecastDesk(
    PolicyAccess access,
    ForecastGlance glance,
    ForecastReader forecasts,
    TimeProvider time
)
{
    private static readonly int Day = (int)(TimeSpan.FromDays(1) / LoadHistory.Step);

    /// <exception cref="UnknownPolicyException">404</exception>
    /// <exception cref="PolicyConflictException">409: it goes by no forecast.</exception>
    public async Task<ForecastView> OfAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var row = await access.RowAsync(caller, id, cancellation);
        var policy = row.Definition;
        if (policy.Trigger.Scale is null)
        {
            throw new PolicyConflictException("It goes by no forecast: its trigger is of another kind.", "noForecast");
        }
        var present = await glance.LoadAsync(row.Tenant, policy, cancellation);
        var look = await forecasts.LookAsync(row.Tenant, policy, present, cancellation);
        var forecast = look.Forecast;
        return new ForecastView(
            row.Id,
            policy.Services[0],
            policy.Trigger.Query!,
            time.GetUtcNow(),
            forecast?.Past.Values.Length > 0 ? forecast.MadeAt : null,
            (int)LoadHistory.Step.TotalSeconds,
            look.Untold,
            look.Present,
            look.Running,
            look.Need?.Wanted,
            look.Need?.Peak,
            look.Need?.PeakAt,
            forecast?.Points ?? [],
            forecast is null ? [] : [.. Past(forecast.Past)],
            forecast?.Error,
            row.Memory.Forecast?.Errors ?? [],
            ScaleWish.Of(policy.Trigger.Scale)
        );
    }

    private static IEnumerable<LoadView> Past(LoadPast past) =>
        Enumerable
            .Range(0, past.Values.Length)
            .Skip(past.Values.Length - Day)
            .Select(at => new LoadView(
                past.From + at * LoadHistory.Step,
                double.IsNaN(past.Values[at]) ? null : past.Values[at]
            ));
}
