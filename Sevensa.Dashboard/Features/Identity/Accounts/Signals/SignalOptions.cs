using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

/// <summary>Section <c>Identity:Signals</c>: when a session counts as unlike its person. Zero turns a signal off.</summary>
internal sealed class SignalOptions
{
    /// <summary>Days of sign-ins that are looked back at.</summary>
    [Range(1, 365)]
    public int HistoryDays { get; set; } = 30;

    /// <summary>On so many different days somebody has to have signed in before a browser that is not known says anything.</summary>
    [Range(0, 365)]
    public int DeviceAfterDays { get; set; } = 5;

    /// <summary>So many sign-ins there have to be, on <see cref="HourAfterDays"/> days, before an hour says anything.</summary>
    [Range(0, 10_000)]
    public int HourAfterSignIns { get; set; } = 20;

    /// <inheritdoc cref="HourAfterSignIns"/>
    [Range(0, 365)]
    public int HourAfterDays { get; set; } = 10;

    /// <summary>So many hours around those of before are usual too.</summary>
    [Range(0, 11)]
    public int HourSlack { get; set; } = 2;

    /// <summary>Refusals of one session within <see cref="WithinMinutes"/>.</summary>
    [Range(0, 10_000)]
    public int Denials { get; set; } = 25;

    /// <summary>So many of them end the session.</summary>
    [Range(0, 10_000)]
    public int DenialsEnd { get; set; } = 100;

    /// <summary>Secrets opened and exports made in one session within <see cref="WithinMinutes"/>.</summary>
    [Range(0, 10_000)]
    public int Reads { get; set; } = 150;

    /// <summary>Faster than this, from one country to another, nobody travels.</summary>
    [Range(0, 100_000)]
    public int TravelKmh { get; set; } = 1000;

    /// <summary>Places nearer to each other than this say nothing: addresses at a border, a phone that is served from beyond it.</summary>
    [Range(0, 20_000)]
    public int TravelFreeKm { get; set; } = 500;

    [Range(1, 60)]
    public int WithinMinutes { get; set; } = 5;
}
