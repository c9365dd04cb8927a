using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Containers.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>As the settings name it.</summary>
internal sealed class HouseZone(IOptions<ReleasesOptions> options) : IHouseZone
{
    public TimeZoneInfo Zone => options.Value.Zone;
}
