namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>The series of the fleet as it is now, made anew only when an action changed it.</summary>
internal sealed class CurrentMetrics(SimulatedFleet fleet)
{
    private volatile FleetMetrics? _last;

    public FleetMetrics Get()
    {
        var snapshot = fleet.Snapshot;
        var last = _last;
        if (last is null || !ReferenceEquals(last.Snapshot, snapshot))
        {
            _last = last = new FleetMetrics(fleet, snapshot);
        }
        return last;
    }
}
