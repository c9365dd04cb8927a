using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Sevensa.Dashboard.Platform.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// Programs without a browser (RFC 8628): who may ask for a code, where people type it, and how often a program may look whether
/// somebody has. Codes and decisions are the token server's own.
/// </summary>
internal sealed class DeviceCodes(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Where people type the code.</summary>
    public const string PagePath = "/device";

    /// <summary>Seconds between two looks of one program.</summary>
    private const int Interval = 5;

    private const int Most = 10_000;
    private const string WaitingItem = "Sevensa.DeviceWaits";

    private readonly ConcurrentDictionary<string, DateTimeOffset> looked = new(StringComparer.Ordinal);

    public static OpenIddictServerHandlerDescriptor Asked { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateDeviceAuthorizationRequestContext>()
            .UseScopedHandler<AskedHandler>()
            .SetOrder(int.MaxValue - 100_000)
            .Build();

    public static OpenIddictServerHandlerDescriptor Answered { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyDeviceAuthorizationResponseContext>()
            .UseScopedHandler<AnsweredHandler>()
            .SetOrder(int.MinValue + 100_000)
            .Build();

    public static OpenIddictServerHandlerDescriptor Polled { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseScopedHandler<PolledHandler>()
            .SetOrder(int.MinValue + 100_000)
            .Build();

    public static OpenIddictServerHandlerDescriptor Waiting { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyTokenResponseContext>()
            .UseInlineHandler(context =>
            {
                if (
                    context.Response.Error is Errors.AuthorizationPending or Errors.SlowDown
                    && context.Transaction.GetHttpRequest()?.HttpContext is { } http
                )
                {
                    http.Items[WaitingItem] = true;
                }
                return ValueTask.CompletedTask;
            })
            .SetOrder(int.MinValue + 100_000)
            .Build();

    /// <summary>Whether the answer only says that nobody has decided yet, which is no failure.</summary>
    public static bool IsWaiting(HttpContext context) => context.Items.ContainsKey(WaitingItem);

    /// <summary>Whether a program looks again too soon.</summary>
    private bool IsTooSoon(string deviceCode)
    {
        var (key, now) = (
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(deviceCode))),
            time.GetUtcNow()
        );
        if (looked.Count >= Most)
        {
            foreach (var old in looked.Where(pair => now - pair.Value > Lifetime).ToList())
            {
                looked.TryRemove(old);
            }
        }
        var isSoon =
            looked.TryGetValue(key, out var last)
            && now - last < TimeSpan.FromSeconds(Interval) - TimeSpan.FromMilliseconds(500);
        if (looked.Count < Most || looked.ContainsKey(key))
        {
            looked[key] = now;
        }
        return isSoon;
    }

    internal sealed class AskedHandler(TokenCallers callers)
        : IOpenIddictServerHandler<ValidateDeviceAuthorizationRequestContext>
    {
        public async ValueTask HandleAsync(ValidateDeviceAuthorizationRequestContext context)
        {
            if (
                await callers.FindClientAsync(context.ClientId ?? "", context.CancellationToken)
                is not { IsForDevices: true } client
            )
            {
                context.Reject(Errors.UnauthorizedClient, "This client is disabled, or not let in by a code.");
            }
            else if (TokenEndpoint.Beyond(client, context.Request.GetScopes()) is { } beyond)
            {
                context.Reject(Errors.InvalidScope, $"This client may not ask for {beyond}.");
            }
        }
    }

    internal sealed class AnsweredHandler(PublicAddress address)
        : IOpenIddictServerHandler<ApplyDeviceAuthorizationResponseContext>
    {
        public ValueTask HandleAsync(ApplyDeviceAuthorizationResponseContext context)
        {
            if (
                string.IsNullOrEmpty(context.Response.Error)
                && context.Transaction.GetHttpRequest() is { } request
                && context.Response.UserCode is { } code
            )
            {
                // The page in our words, and not the endpoint that takes its answer.
                var page = address.BaseFor(request) + PagePath;
                context.Response["verification_uri"] = page;
                context.Response["verification_uri_complete"] = page + QueryString.Create("user_code", code);
                context.Response["interval"] = (long)Interval;
            }
            return ValueTask.CompletedTask;
        }
    }

    internal sealed class PolledHandler(DeviceCodes codes) : IOpenIddictServerHandler<ValidateTokenRequestContext>
    {
        public ValueTask HandleAsync(ValidateTokenRequestContext context)
        {
            if (
                context.Request.IsDeviceCodeGrantType()
                && context.Request.DeviceCode is { Length: > 0 } code
                && codes.IsTooSoon(code)
            )
            {
                context.Reject(Errors.SlowDown, $"Wait at least {Interval} seconds between two looks.");
            }
            return ValueTask.CompletedTask;
        }
    }
}
