using System.Data.Common;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>The product's keys: Data Protection's in the store, sealed; signing keys beside them.</summary>
internal static class SealedDataProtection
{
    internal const string Purpose = "data-protection";

    public static void AddProductKeys(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<SecurityOptions>("Security");
        var services = builder.Services;
        services.AddSingleton<StoreKey>();
        services.AddSingleton<KnownSecrets>();
        services.AddSingleton<SecretsInSettings>();
        services.AddSingleton<ProductKeyStore>();
        services.AddSingleton<IProductKeys, ProductKeys>();
        services.AddSingleton<ISealedRows>(provider => provider.GetRequiredService<ProductKeyStore>());
        services.AddSingleton<ISealedRows, KeyRingRows>();
        services.AddDataProtection().SetApplicationName("Sevensa.Dashboard");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(
            provider => new ConfigureOptions<KeyManagementOptions>(options =>
            {
                options.XmlRepository = new StoredKeyRing(
                    provider.GetRequiredService<StoreConnections>(),
                    new Decryptor(provider).Decrypt
                );
                options.XmlEncryptor = new Encryptor(provider.GetRequiredService<StoreKey>());
            })
        );
    }

    /// <summary>That the store's keys were sealed under another key file, for the list of mistakes at the start; null when they can be read or are not made yet.</summary>
    public static string? Mistake(IServiceProvider services)
    {
        var connections = services.GetRequiredService<StoreConnections>();
        if (connections.IsSqlite && !File.Exists(connections.SqliteFile))
        {
            return null;
        }
        try
        {
            new StoredKeyRing(connections, new Decryptor(services).Decrypt).GetAllElements();
            return null;
        }
        catch (StoreException exception)
        {
            return $"Security:KeyFile: {exception.Message}";
        }
        catch (DbException)
        {
            // No such table yet, or what the migration says better.
            return null;
        }
    }

    private sealed class Encryptor(StoreKey key) : IXmlEncryptor
    {
        public EncryptedXmlInfo Encrypt(XElement plaintextElement)
        {
            var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
            return new EncryptedXmlInfo(
                new XElement(StoredKeyRing.SealedElement, Convert.ToBase64String(key.Seal(plain, Purpose))),
                typeof(Decryptor)
            );
        }
    }

    internal sealed class Decryptor(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement) =>
            XElement.Parse(
                Encoding.UTF8.GetString(
                    services
                        .GetRequiredService<StoreKey>()
                        .Open(Convert.FromBase64String(encryptedElement.Value), Purpose)
                )
            );
    }
}
