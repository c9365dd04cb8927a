namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>A LogQL text that was refused: where, and why in Loki's own words where Loki has words for it.</summary>
public sealed class LogQlException : Exception
{
    public LogQlException(string reason, int line, int column, bool isSyntax)
        : base($"parse error at line {line}, col {column}: {reason}")
    {
        Reason = reason;
        Line = line;
        Column = column;
        IsSyntax = isSyntax;
    }

    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; }

    /// <summary>Counted from 1.</summary>
    public int Line { get; }

    /// <summary>Counted from 1, in characters (code points). One past the last for an unexpected end.</summary>
    public int Column { get; }

    /// <summary>True when the text does not follow the grammar; false when it does but means nothing Loki could run.</summary>
    public bool IsSyntax { get; }

    /// <summary>The message as Loki 3 answers it: it names the place only for errors of syntax.</summary>
    public string LokiMessage => IsSyntax ? Message : $"parse error : {Reason}";
}
