using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>Section <c>Releases</c>.</summary>
internal sealed class ReleasesOptions : IValidatableObject
{
    /// <summary>IANA name of the zone in which "yesterday" is meant when the caller names none.</summary>
    [Required]
    public string TimeZone { get; set; } = "UTC";

    /// <summary>How long error rate, latency and restarts are watched after a change; zero for not at all.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan WatchFor { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often they are looked at meanwhile.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan WatchEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many times the latency of before is too much.</summary>
    [Range(1.05, 100)]
    public double LatencyFactor { get; set; } = 1.5;

    /// <summary>Share of failed requests, beyond that of before, that is too much.</summary>
    [Range(0.0001, 1)]
    public double ErrorShareMargin { get; set; } = 0.01;

    internal TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            yield return new ValidationResult(
                $"There is no time zone \"{TimeZone}\". Give an IANA name such as Europe/Amsterdam.",
                [nameof(TimeZone)]
            );
        }
    }
}
