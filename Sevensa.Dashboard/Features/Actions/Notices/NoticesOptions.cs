using System.ComponentModel.DataAnnotations;
using System.Net;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>Section <c>Notifications</c>: who is told of plans that wait and of what became of them. Off until something is set.</summary>
internal sealed class NoticesOptions : IValidatableObject
{
    /// <summary>Mail server. Empty: no mail.</summary>
    public string? SmtpHost { get; set; }

    [Range(1, 65535)]
    public int SmtpPort { get; set; } = 587;

    /// <summary>How the connection is kept secret; <see cref="SmtpSecurity.None"/> on this machine only, once a password is sent.</summary>
    public SmtpSecurity SmtpSecurity { get; set; } = SmtpSecurity.StartTls;

    public string? SmtpUsername { get; set; }

    public string? SmtpPasswordFile { get; set; }

    /// <summary>Sender, <c>Console &lt;console@example.org&gt;</c>.</summary>
    public string? MailFrom { get; set; }

    /// <summary>Everybody who is told of everything.</summary>
    public List<string> MailTo { get; set; } = [];

    /// <summary>Address that is posted to. Empty: no webhook. Nothing but this address is ever asked, redirects are not followed.</summary>
    public string? WebhookUrl { get; set; }

    /// <summary>File with the secret that messages are signed with.</summary>
    public string? WebhookSecretFile { get; set; }

    /// <summary>One try.</summary>
    [Range(1, 120)]
    public int TimeoutSeconds { get; set; } = 15;

    internal bool ByMail => !string.IsNullOrWhiteSpace(SmtpHost);

    internal bool ByWebhook => !string.IsNullOrWhiteSpace(WebhookUrl);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            (ByMail || ByWebhook)
            && SettingMistakes.WholeOf(validationContext) is { } whole
            && string.IsNullOrWhiteSpace(whole[PublicAddress.Key])
        )
        {
            yield return Mistake(
                ByMail ? nameof(SmtpHost) : nameof(WebhookUrl),
                "a message leads to its plan; set Identity:PublicUrl to the address that people use"
            );
        }
        foreach (var mistake in MailMistakes().Concat(WebhookMistakes()))
        {
            yield return mistake;
        }
    }

    private IEnumerable<ValidationResult> MailMistakes()
    {
        if (!ByMail)
        {
            if (MailTo.Count > 0 || MailFrom is { Length: > 0 })
            {
                yield return Mistake(nameof(SmtpHost), "addresses are given but no mail server");
            }
            yield break;
        }
        if (MailFrom is not { Length: > 0 } from || !MailServer.IsAddress(from))
        {
            yield return Mistake(nameof(MailFrom), $"\"{MailFrom}\" is not an address such as console@example.org");
        }
        if (MailTo.Count == 0)
        {
            yield return Mistake(nameof(MailTo), "nobody is named (Notifications:MailTo:0)");
        }
        foreach (var to in MailTo.Where(to => !MailServer.IsAddress(to)))
        {
            yield return Mistake(nameof(MailTo), $"\"{to}\" is not an address such as ops@example.org");
        }
        if (string.IsNullOrEmpty(SmtpUsername) != string.IsNullOrEmpty(SmtpPasswordFile))
        {
            yield return Mistake(nameof(SmtpUsername), "give a user name and a password file, or neither");
        }
        if (FileTrouble(SmtpPasswordFile) is { } trouble)
        {
            yield return Mistake(nameof(SmtpPasswordFile), trouble);
        }
        if (SmtpSecurity == SmtpSecurity.None && SmtpUsername is { Length: > 0 } && !IsThisMachine(SmtpHost!))
        {
            yield return Mistake(
                nameof(SmtpSecurity),
                $"the password would go to {SmtpHost} for anybody on the way to read; use StartTls or Tls"
            );
        }
    }

    private IEnumerable<ValidationResult> WebhookMistakes()
    {
        if (!ByWebhook)
        {
            yield break;
        }
        if (!Uri.TryCreate(WebhookUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            yield return Mistake(nameof(WebhookUrl), $"\"{WebhookUrl}\" is not an http or https address");
        }
        else if (url.UserInfo.Length > 0)
        {
            yield return Mistake(nameof(WebhookUrl), "holds a name or password; messages are signed instead");
        }
        if (string.IsNullOrEmpty(WebhookSecretFile))
        {
            yield return Mistake(
                nameof(WebhookSecretFile),
                "name a file with the secret that messages are signed with"
            );
        }
        else if (FileTrouble(WebhookSecretFile) is { } trouble)
        {
            yield return Mistake(nameof(WebhookSecretFile), trouble);
        }
    }

    private static string? FileTrouble(string? file)
    {
        if (string.IsNullOrEmpty(file))
        {
            return null;
        }
        try
        {
            return File.ReadAllText(file).Trim().Length == 0 ? $"{file} is empty" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static bool IsThisMachine(string host) =>
        host == "localhost" || IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address);

    private static ValidationResult Mistake(string key, string text) => new(text, [key]);
}

internal enum SmtpSecurity
{
    /// <summary>TLS that is asked for on a plain connection, and required.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,
    None,
}
