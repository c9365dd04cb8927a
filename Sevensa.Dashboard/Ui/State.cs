namespace Sevensa.Dashboard.Ui;

/// <summary>The only meanings that colour has. A word or a mark always says the same.</summary>
public enum State
{
    Unknown,
    Ok,
    Warn,
    Crit,

    /// <summary>No judgement: the accent colour, for what merely informs.</summary>
    Info,
}

public static class StateNames
{
    /// <summary>The style class of a state.</summary>
    public static string Css(this State state) =>
        state switch
        {
            State.Ok => "ok",
            State.Warn => "warn",
            State.Crit => "crit",
            State.Info => "info",
            _ => "unknown",
        };

    /// <summary>The word used where the caller has none of its own.</summary>
    public static string Word(this State state) =>
        state switch
        {
            State.Ok => "Healthy",
            State.Warn => "Warning",
            State.Crit => "Critical",
            State.Info => "Note",
            _ => "Unknown",
        };
}
