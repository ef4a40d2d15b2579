import { Select } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';

type Language = 'en' | 'de';
interface PartnerLanguage {
  readonly partnerId: string;
  readonly name: string;
  readonly language: Language | null;
}

const words: Readonly<Record<Language, string>> = { en: 'English', de: 'German' };

/** Which partners are written to in a language of their own. */
export function PartnerLanguages({ partners, standard }: { partners: readonly PartnerLanguage[]; standard: Language }) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const canSet = useCan('accountant');
  const set = useMutation({
    mutationFn: (choice: { partnerId: string; language: Language | null }) => client.documents.setPartnerLanguage({ commandId: crypto.randomUUID(), ...choice }),
    onSettled: () => void cache.invalidateQueries({ queryKey: queries.documents.key() }),
  });
  return (
    <Box title="Language by partner" note="on this desk">
      {set.isError ? <div className="section"><ErrorNotice error={set.error} /></div> : null}
      {partners.length === 0 ? <EmptyState title="No partners yet">They come with the shared database.</EmptyState> : (
        <div style={{ maxHeight: 320, overflow: 'auto' }} tabIndex={0} role="group" aria-label="Language by partner">
          <table className="plain">
            <thead><tr><th scope="col">Partner</th><th scope="col">Documents in</th></tr></thead>
            <tbody>
              {partners.map((partner) => (
                <tr key={partner.partnerId}>
                  <th scope="row"><EntityLink to={links.partner(partner.partnerId)}>{partner.name}</EntityLink></th>
                  <td><Select aria-label={`Language of documents for ${partner.name}`} size="xs" w={220} disabled={!canSet} allowDeselect={false} value={partner.language ?? ''} data={[{ value: '', label: `As the template: ${words[standard]}` }, { value: 'en', label: words.en }, { value: 'de', label: words.de }]} onChange={(value) => set.mutate({ partnerId: partner.partnerId, language: value === 'en' || value === 'de' ? value : null })} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Box>
  );
}
