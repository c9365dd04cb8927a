namespace Sevensa.Dashboard.Sandbox.N8n;

/// <summary>What n8n does not do, in its words.</summary>
/// <param name="code">Of the part that answers webhooks; the public API has none.</param>
internal sealed class N8nRefusal(int status, string message, string? hint = null, int? code = null) : Exception(message)
{
    public int Status => status;

    public string? Hint => hint;

    public int? Code => code;
}
