namespace Sevensa.Dashboard.Features.Scans.Exports;

/// <summary>One form of the file.</summary>
internal interface IFindingsWriter : IDisposable
{
    string ContentType { get; }

    /// <summary>Of the file's name, without a dot.</summary>
    string Ending { get; }

    void Begin(string tenant, DateTimeOffset at);

    void Write(Finding finding);

    /// <summary>Passes on what was written so far.</summary>
    void Pass();

    void End();
}
