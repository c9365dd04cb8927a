using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity.Roles;

/// <summary>The program with roles of its own, one of which a service behind the proxy is open to.</summary>
public sealed class RolesApp : SandboxApp
{
    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        new (string Key, string Value)[]
        {
            ("0:Name", "Release notes"),
            ("0:Host", "notes.example.org"),
            ("0:CustomRoles:0", "named-in-settings"),
        }.Select(one => KeyValuePair.Create($"ProtectedServices:{one.Key}", one.Value));

    public static object Body(string name, params string[] permissions) =>
        new
        {
            name,
            description = "of a test",
            permissions,
        };

    /// <summary>Makes a role as an administrator's program does.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> RoleAsync(string name, params string[] permissions)
    {
        using var admin = await ApiAsAsync("admin");
        using var answer = await admin.PostAsJsonAsync("/api/v1/roles", Body(name, permissions));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        return JsonElement.Parse(text).GetProperty("id").GetString()!;
    }

    public async Task ChangeRoleAsync(string id, string name, params string[] permissions)
    {
        using var admin = await ApiAsAsync("admin");
        await GoodAsync(admin.PutAsJsonAsync($"/api/v1/roles/{id}", Body(name, permissions)));
    }

    /// <summary>Somebody who holds a custom role.</summary>
    public async Task<MadePerson> HolderAsync(string userName, string role, params string[] tenants)
    {
        var person = await MadePerson.MakeAsync(this, userName, "viewer", tenants);
        await GiveAsync(person, "custom", role, tenants);
        return person;
    }

    public async Task GiveAsync(MadePerson person, string role, string? customRole, params string[] tenants)
    {
        using var admin = await ApiAsAsync("admin");
        await GoodAsync(
            admin.PutAsJsonAsync(
                $"/api/v1/people/{person.Id}",
                new
                {
                    displayName = person.UserName,
                    role,
                    tenants,
                    customRole,
                }
            )
        );
    }
}
