namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>What one question has come to, all rounds together.</summary>
internal sealed class Spent
{
    public bool HasSpoken { get; set; }
    public int Characters { get; set; }
    public int Tokens { get; set; }

    /// <summary>Calls of tools.</summary>
    public int Calls { get; set; }

    /// <summary>Of results, as the model was given them.</summary>
    public long Bytes { get; set; }

    /// <summary>It was taken from the asker's budget of that day.</summary>
    public DateOnly? CountedOn { get; set; }

    /// <summary>No model was there to be asked.</summary>
    public bool WasAway { get; set; }
}
