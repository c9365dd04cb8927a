using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>People and API clients of the Sandbox, so that everything can be tried; they exist nowhere else.</summary>
internal sealed class SandboxPeople(
    IServiceScopeFactory scopes,
    PersonStore people,
    ApiClients clients,
    IHostEnvironment environment,
    TimeProvider time
) : IStartStep
{
    private const string Password = "sandbox";
    private static readonly string[] AllTenants = ["rentguy", "psra-ltsd", "witcom", "platform"];

    private static readonly IReadOnlyList<(string Name, Role Role, string[] Tenants)> Cast =
    [
        ("admin", Role.Admin, []),
        ("operator", Role.Operator, AllTenants),
        ("approver", Role.Approver, AllTenants),
        ("viewer", Role.Viewer, AllTenants),
        ("client-rentguy", Role.Client, ["rentguy"]),
        ("client-witcom", Role.Client, ["witcom"]),
    ];

    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!environment.IsSandbox())
        {
            return;
        }
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        // Hashing takes time at the first start, and all have the same password.
        string? hash = null;
        foreach (var (name, role, tenants) in Cast)
        {
            if (await people.FindByNameAsync(name, cancellation) is null)
            {
                var user = new AppUser
                {
                    Id = $"sandbox-person-{name}",
                    UserName = name,
                    DisplayName = char.ToUpperInvariant(name[0]) + name[1..],
                    Role = role,
                    Tenants = [.. tenants],
                    CreatedAt = time.GetUtcNow(),
                    LockoutEnabled = true,
                };
                user.PasswordHash = hash ??= users.PasswordHasher.HashPassword(user, Password);
                var result = await users.CreateAsync(user);
                if (!result.Succeeded)
                {
                    throw new InvalidOperationException(
                        $"The sandbox's {name} can't be made: {string.Join(' ', result.Errors.Select(error => error.Description))}"
                    );
                }
            }
            await AddClientAsync(
                new ApiClient(
                    $"sandbox-{name}",
                    $"Sandbox {name}",
                    $"sandbox-person-{name}",
                    role,
                    [],
                    ScopeWords.Of(NamedPermission.Of(role))
                )
                {
                    IsConsented = true,
                },
                cancellation
            );
        }
        await AddClientAsync(
            new ApiClient(
                "sandbox-automation",
                "Sandbox automation",
                null,
                Role.Operator,
                AllTenants,
                ApiScopes.Read | ApiScopes.Propose | ApiScopes.ScansWrite
            ),
            cancellation
        );
        await AddClientAsync(
            new ApiClient("sandbox-app", "Sandbox app", null, Role.Viewer, [], ApiScopes.All)
            {
                RedirectUris = ["http://127.0.0.1/callback"],
                IsPublic = true,
            },
            cancellation
        );
    }

    private async Task AddClientAsync(ApiClient client, CancellationToken cancellation)
    {
        if (await clients.FindAsync(client.Id, cancellation) is null)
        {
            await clients.AddAsync(client with { IsOfSandbox = true }, client.Id, cancellation);
        }
    }
}
