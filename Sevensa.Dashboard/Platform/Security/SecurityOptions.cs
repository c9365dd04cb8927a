namespace Sevensa.Dashboard.Platform.Security;

/// <summary>Section <c>Security</c>.</summary>
public sealed class SecurityOptions
{
    /// <summary>
    /// File with the key under which the product's own keys rest in the store. Default: <c>store.key</c> in
    /// <c>Storage:Folder</c>, made at the first start. Dashboards that share one PostgreSQL share this file too.
    /// </summary>
    public string? KeyFile { get; set; }
}
