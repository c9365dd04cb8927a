namespace Sevensa.Dashboard.Features.Scans;

/// <summary>What a field lets one choose: the word that an address or a form has for it, and what it says.</summary>
public sealed record Choice(string Word, string Title);
