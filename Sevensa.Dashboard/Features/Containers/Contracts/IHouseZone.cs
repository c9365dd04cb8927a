namespace Sevensa.Dashboard.Features.Containers.Contracts;

/// <summary>The zone in which "yesterday" is meant when the caller names none.</summary>
public interface IHouseZone
{
    TimeZoneInfo Zone { get; }
}
