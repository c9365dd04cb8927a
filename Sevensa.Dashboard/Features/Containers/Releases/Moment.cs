namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>What is meant by words such as "yesterday", "Friday 18:00" or "before the last deploy".</summary>
/// <param name="Said">The words as they were given.</param>
internal abstract record Moment(string Said);

/// <summary>A calendar day: what ran longest on it is meant, not what ran at its first or last second.</summary>
/// <param name="From">Where the day starts in its zone.</param>
/// <param name="To">Where the next one starts; 23 or 25 hours later when clocks are changed.</param>
internal sealed record DayMoment(string Said, DateOnly Day, DateTimeOffset From, DateTimeOffset To) : Moment(Said);

/// <summary>A point in time.</summary>
/// <param name="Note">What had to be decided because clocks were changed; null when nothing had.</param>
internal sealed record InstantMoment(string Said, DateTimeOffset At, string? Note = null) : Moment(Said);

/// <summary>What ran before the last change.</summary>
internal sealed record BeforeLastMoment(string Said) : Moment(Said);

/// <summary>A release by its id, the start of one, or the tag of its image.</summary>
internal sealed record NamedMoment(string Said, string Name) : Moment(Said);

/// <summary>The words can't be read as a time; the message says what can.</summary>
internal sealed class UnclearMomentException(string message) : Exception(message);
