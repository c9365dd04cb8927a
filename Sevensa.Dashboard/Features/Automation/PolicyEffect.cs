namespace Sevensa.Dashboard.Features.Automation;

/// <summary>What a policy came to of late: what it did, what that saved, and what it cost.</summary>
/// <param name="Days">So many days back. How often is counted; how long and how much is added up of the newest 200 deeds that the reader sees.</param>
/// <param name="Acted">How often it acted.</param>
/// <param name="Helped">How often its trigger held no more afterwards.</param>
/// <param name="DidNotHelp">How often it held still, or the action failed.</param>
/// <param name="Untold">How often that can't be told.</param>
/// <param name="LeftToPeople">How often what it proposed waited for a person.</param>
/// <param name="Compared">How often, in shadow, people did the same; of those that the reader sees, the newest 200.</param>
/// <param name="PeopleLaterSeconds">So much later than it would have; the median. Null where they never did; below nothing where they were earlier.</param>
/// <param name="SavedSeconds">What helped was done so much earlier, all told, as far as that pace tells; null where it is not known.</param>
/// <param name="ActionSeconds">How long its actions took, all told: what they change may not have answered meanwhile.</param>
/// <param name="ContainerHours">Of what scales: so many more ran, by hours, than before its first deed; below nothing where fewer did.</param>
internal sealed record PolicyEffect(
    int Days,
    int Acted,
    int Helped,
    int DidNotHelp,
    int Untold,
    int LeftToPeople,
    int Compared,
    double? PeopleLaterSeconds,
    double? SavedSeconds,
    double ActionSeconds,
    double? ContainerHours
);
